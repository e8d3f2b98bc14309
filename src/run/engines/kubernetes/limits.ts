/** How long a pod may take to start: clusters that grow need minutes for a node. */
export const startLimitMs = 10 * 60_000;

/** How long a listener waits for its task, which comes when the code has been sent. */
export const listenSeconds = 300;

/** How long a task goes on whose client does not come back; the client tries as long. */
export const patienceSeconds = 60;

/** A pod lives no longer, whatever becomes of who has made it. */
export const deadlineSeconds = 24 * 60 * 60;

/** Where a room reports what happens; a terminal, a notification or JSON shows it. */
export type Emit<Event> = (event: Event) => void;

import assert from "node:assert/strict";
import fc from "fast-check";
import { Link, linkFrame } from "./link";

const bytes = (text: string) => Buffer.from(text);

/** What of frames is data. */
function dataOf(found: readonly { kind: string; body: Buffer }[]): string {
  return Buffer.concat(found.filter(({ kind }) => kind === "D").map(({ body }) => body)).toString();
}

describe("a link", () => {
  it("sends nothing before the other side has said what it has, then all", () => {
    const link = new Link();
    assert.equal(link.send(bytes("one")).length, 0);
    assert.equal(link.connected().toString(), "H\0\0\0\x010");
    assert.equal(link.feed(linkFrame("H", "0")).answer.toString(), "D\0\0\0\x03one");
    assert.equal(link.send(bytes("two")).toString(), "D\0\0\0\x03two");
    assert.equal(link.waiting, 6);
    link.feed(linkFrame("A", "4"));
    assert.equal(link.waiting, 2);
    link.connected();
    assert.equal(link.feed(linkFrame("H", "5")).answer.toString(), "D\0\0\0\x01o");
  });

  it("goes on where another has left it", () => {
    const first = new Link();
    first.connected();
    first.feed(linkFrame("H", "0"));
    first.send(bytes("abc"));
    first.feed(Buffer.concat([linkFrame("A", "3"), linkFrame("D", "xy")]));
    assert.deepEqual(first.state, { sent: 3, received: 2 });
    const second = new Link(first.state);
    assert.equal(second.connected().toString(), "H\0\0\0\x012");
    second.feed(linkFrame("H", "3"));
    assert.equal(second.send(bytes("d")).toString(), "D\0\0\0\x01d");
  });

  it("refuses what cannot be of its conversation", () => {
    const link = new Link();
    link.send(bytes("one"));
    assert.throws(() => link.feed(linkFrame("H", "4")), /4 bytes received, where 0 to 3 can have been/);
    assert.throws(() => link.feed(linkFrame("A", "x")), /NaN bytes received/);
  });

  it("tells other frames, however they are cut", () => {
    const link = new Link();
    const all = Buffer.concat([linkFrame("H", "0"), linkFrame("D", "data"), linkFrame("E", "{}")]);
    const found = [...all].flatMap((byte) => link.feed(Buffer.from([byte])).found);
    assert.deepEqual(
      found.map(({ kind, body }) => [kind, body.toString()]),
      [
        ["D", "data"],
        ["E", "{}"],
      ],
    );
  });

  it("loses nothing and repeats nothing, wherever connections drop", () => {
    const piece = fc.string({ minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, fc.nat(80), fc.boolean()), { maxLength: 30 }), (steps) => {
        const [here, there] = [new Link(), new Link()];
        let arrived = "";
        let wire: Buffer = Buffer.alloc(0);
        /** The other side takes some of what is on the wire, and says what it has. */
        const arrive = (count: number) => {
          const { found, answer } = there.feed(wire.subarray(0, count));
          wire = wire.subarray(count);
          arrived += dataOf(found);
          here.feed(Buffer.concat([answer, there.acknowledge()]));
        };
        const dial = () => {
          wire = here.connected();
          const greeting = there.connected();
          wire = Buffer.concat([wire, here.feed(greeting).answer]);
        };
        dial();
        for (const [text, count, drops] of steps) {
          wire = Buffer.concat([wire, here.send(bytes(text))]);
          arrive(count);
          if (drops) dial();
        }
        dial();
        arrive(wire.length);
        assert.equal(arrived, Buffer.concat(steps.map(([text]) => bytes(text))).toString());
        assert.equal(here.waiting, 0);
      }),
    );
  });
});

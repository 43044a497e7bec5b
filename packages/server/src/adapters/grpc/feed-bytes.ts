import type { Contract } from "@rolecall/proto";

type BrokerService = Contract["Broker"]["service"];

/** The service, with the size of each message of a node feed told as it is written: no other place sees its bytes. */
export function withFeedBytes(service: BrokerService, record: (bytes: number) => void): BrokerService {
  const { WatchNode } = service;
  return {
    ...service,
    WatchNode: {
      ...WatchNode,
      responseSerialize: (update) => {
        const bytes = WatchNode.responseSerialize(update);
        record(bytes.length);
        return bytes;
      },
    },
  };
}

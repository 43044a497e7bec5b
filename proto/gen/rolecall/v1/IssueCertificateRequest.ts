// Original file: proto/rolecall/v1/broker.proto


export interface IssueCertificateRequest {
  'certificateRequest'?: (Buffer | Uint8Array | string);
  'agentVersion'?: (string);
}

export interface IssueCertificateRequest__Output {
  'certificateRequest': (Buffer);
  'agentVersion': (string);
}

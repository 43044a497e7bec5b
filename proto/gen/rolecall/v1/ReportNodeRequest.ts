// Original file: proto/rolecall/v1/broker.proto

import type { Interception as _rolecall_v1_Interception, Interception__Output as _rolecall_v1_Interception__Output } from '../../rolecall/v1/Interception.ts';
import type { Certificate as _rolecall_v1_Certificate, Certificate__Output as _rolecall_v1_Certificate__Output } from '../../rolecall/v1/Certificate.ts';
import type { Long } from '@grpc/proto-loader';

export interface ReportNodeRequest {
  'nodeName'?: (string);
  'agentVersion'?: (string);
  'viewGeneration'?: (number | string | Long);
  'interception'?: (_rolecall_v1_Interception | null);
  'podsWithAddress'?: (number);
  'certificate'?: (_rolecall_v1_Certificate | null);
  'clockAheadSeconds'?: (number);
  '_clockAheadSeconds'?: "clockAheadSeconds";
}

export interface ReportNodeRequest__Output {
  'nodeName': (string);
  'agentVersion': (string);
  'viewGeneration': (number);
  'interception': (_rolecall_v1_Interception__Output | null);
  'podsWithAddress': (number);
  'certificate': (_rolecall_v1_Certificate__Output | null);
  'clockAheadSeconds'?: (number);
  '_clockAheadSeconds'?: "clockAheadSeconds";
}

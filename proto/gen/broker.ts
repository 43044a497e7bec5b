import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.ts';
import type { Assumption as _rolecall_v1_Assumption, Assumption__Output as _rolecall_v1_Assumption__Output } from './rolecall/v1/Assumption.ts';
import type { AssumptionRemoved as _rolecall_v1_AssumptionRemoved, AssumptionRemoved__Output as _rolecall_v1_AssumptionRemoved__Output } from './rolecall/v1/AssumptionRemoved.ts';
import type { BrokerClient as _rolecall_v1_BrokerClient, BrokerDefinition as _rolecall_v1_BrokerDefinition } from './rolecall/v1/Broker.ts';
import type { Certificate as _rolecall_v1_Certificate, Certificate__Output as _rolecall_v1_Certificate__Output } from './rolecall/v1/Certificate.ts';
import type { Credentials as _rolecall_v1_Credentials, Credentials__Output as _rolecall_v1_Credentials__Output } from './rolecall/v1/Credentials.ts';
import type { Denied as _rolecall_v1_Denied, Denied__Output as _rolecall_v1_Denied__Output } from './rolecall/v1/Denied.ts';
import type { EnrollmentClient as _rolecall_v1_EnrollmentClient, EnrollmentDefinition as _rolecall_v1_EnrollmentDefinition } from './rolecall/v1/Enrollment.ts';
import type { Failure as _rolecall_v1_Failure, Failure__Output as _rolecall_v1_Failure__Output } from './rolecall/v1/Failure.ts';
import type { GetPodCredentialsRequest as _rolecall_v1_GetPodCredentialsRequest, GetPodCredentialsRequest__Output as _rolecall_v1_GetPodCredentialsRequest__Output } from './rolecall/v1/GetPodCredentialsRequest.ts';
import type { GetPodCredentialsResponse as _rolecall_v1_GetPodCredentialsResponse, GetPodCredentialsResponse__Output as _rolecall_v1_GetPodCredentialsResponse__Output } from './rolecall/v1/GetPodCredentialsResponse.ts';
import type { Granted as _rolecall_v1_Granted, Granted__Output as _rolecall_v1_Granted__Output } from './rolecall/v1/Granted.ts';
import type { HeldCredentials as _rolecall_v1_HeldCredentials, HeldCredentials__Output as _rolecall_v1_HeldCredentials__Output } from './rolecall/v1/HeldCredentials.ts';
import type { Interception as _rolecall_v1_Interception, Interception__Output as _rolecall_v1_Interception__Output } from './rolecall/v1/Interception.ts';
import type { IssueCertificateRequest as _rolecall_v1_IssueCertificateRequest, IssueCertificateRequest__Output as _rolecall_v1_IssueCertificateRequest__Output } from './rolecall/v1/IssueCertificateRequest.ts';
import type { IssueCertificateResponse as _rolecall_v1_IssueCertificateResponse, IssueCertificateResponse__Output as _rolecall_v1_IssueCertificateResponse__Output } from './rolecall/v1/IssueCertificateResponse.ts';
import type { NoRole as _rolecall_v1_NoRole, NoRole__Output as _rolecall_v1_NoRole__Output } from './rolecall/v1/NoRole.ts';
import type { NodeUpdate as _rolecall_v1_NodeUpdate, NodeUpdate__Output as _rolecall_v1_NodeUpdate__Output } from './rolecall/v1/NodeUpdate.ts';
import type { Pod as _rolecall_v1_Pod, Pod__Output as _rolecall_v1_Pod__Output } from './rolecall/v1/Pod.ts';
import type { PodRemoved as _rolecall_v1_PodRemoved, PodRemoved__Output as _rolecall_v1_PodRemoved__Output } from './rolecall/v1/PodRemoved.ts';
import type { ReportNodeRequest as _rolecall_v1_ReportNodeRequest, ReportNodeRequest__Output as _rolecall_v1_ReportNodeRequest__Output } from './rolecall/v1/ReportNodeRequest.ts';
import type { ReportNodeResponse as _rolecall_v1_ReportNodeResponse, ReportNodeResponse__Output as _rolecall_v1_ReportNodeResponse__Output } from './rolecall/v1/ReportNodeResponse.ts';
import type { Snapshot as _rolecall_v1_Snapshot, Snapshot__Output as _rolecall_v1_Snapshot__Output } from './rolecall/v1/Snapshot.ts';
import type { WatchNodeRequest as _rolecall_v1_WatchNodeRequest, WatchNodeRequest__Output as _rolecall_v1_WatchNodeRequest__Output } from './rolecall/v1/WatchNodeRequest.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  google: {
    protobuf: {
      Timestamp: MessageTypeDefinition<_google_protobuf_Timestamp, _google_protobuf_Timestamp__Output>
    }
  }
  rolecall: {
    v1: {
      Assumption: MessageTypeDefinition<_rolecall_v1_Assumption, _rolecall_v1_Assumption__Output>
      AssumptionRemoved: MessageTypeDefinition<_rolecall_v1_AssumptionRemoved, _rolecall_v1_AssumptionRemoved__Output>
      Broker: SubtypeConstructor<typeof grpc.Client, _rolecall_v1_BrokerClient> & { service: _rolecall_v1_BrokerDefinition }
      Certificate: MessageTypeDefinition<_rolecall_v1_Certificate, _rolecall_v1_Certificate__Output>
      Credentials: MessageTypeDefinition<_rolecall_v1_Credentials, _rolecall_v1_Credentials__Output>
      Denied: MessageTypeDefinition<_rolecall_v1_Denied, _rolecall_v1_Denied__Output>
      Enrollment: SubtypeConstructor<typeof grpc.Client, _rolecall_v1_EnrollmentClient> & { service: _rolecall_v1_EnrollmentDefinition }
      Failure: MessageTypeDefinition<_rolecall_v1_Failure, _rolecall_v1_Failure__Output>
      GetPodCredentialsRequest: MessageTypeDefinition<_rolecall_v1_GetPodCredentialsRequest, _rolecall_v1_GetPodCredentialsRequest__Output>
      GetPodCredentialsResponse: MessageTypeDefinition<_rolecall_v1_GetPodCredentialsResponse, _rolecall_v1_GetPodCredentialsResponse__Output>
      Granted: MessageTypeDefinition<_rolecall_v1_Granted, _rolecall_v1_Granted__Output>
      HeldCredentials: MessageTypeDefinition<_rolecall_v1_HeldCredentials, _rolecall_v1_HeldCredentials__Output>
      Interception: MessageTypeDefinition<_rolecall_v1_Interception, _rolecall_v1_Interception__Output>
      IssueCertificateRequest: MessageTypeDefinition<_rolecall_v1_IssueCertificateRequest, _rolecall_v1_IssueCertificateRequest__Output>
      IssueCertificateResponse: MessageTypeDefinition<_rolecall_v1_IssueCertificateResponse, _rolecall_v1_IssueCertificateResponse__Output>
      NoRole: MessageTypeDefinition<_rolecall_v1_NoRole, _rolecall_v1_NoRole__Output>
      NodeUpdate: MessageTypeDefinition<_rolecall_v1_NodeUpdate, _rolecall_v1_NodeUpdate__Output>
      Pod: MessageTypeDefinition<_rolecall_v1_Pod, _rolecall_v1_Pod__Output>
      PodRemoved: MessageTypeDefinition<_rolecall_v1_PodRemoved, _rolecall_v1_PodRemoved__Output>
      ReportNodeRequest: MessageTypeDefinition<_rolecall_v1_ReportNodeRequest, _rolecall_v1_ReportNodeRequest__Output>
      ReportNodeResponse: MessageTypeDefinition<_rolecall_v1_ReportNodeResponse, _rolecall_v1_ReportNodeResponse__Output>
      Snapshot: MessageTypeDefinition<_rolecall_v1_Snapshot, _rolecall_v1_Snapshot__Output>
      Tokens: EnumTypeDefinition
      WatchNodeRequest: MessageTypeDefinition<_rolecall_v1_WatchNodeRequest, _rolecall_v1_WatchNodeRequest__Output>
    }
  }
}


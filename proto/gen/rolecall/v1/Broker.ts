// Original file: proto/rolecall/v1/broker.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetPodCredentialsRequest as _rolecall_v1_GetPodCredentialsRequest, GetPodCredentialsRequest__Output as _rolecall_v1_GetPodCredentialsRequest__Output } from '../../rolecall/v1/GetPodCredentialsRequest.ts';
import type { GetPodCredentialsResponse as _rolecall_v1_GetPodCredentialsResponse, GetPodCredentialsResponse__Output as _rolecall_v1_GetPodCredentialsResponse__Output } from '../../rolecall/v1/GetPodCredentialsResponse.ts';
import type { NodeUpdate as _rolecall_v1_NodeUpdate, NodeUpdate__Output as _rolecall_v1_NodeUpdate__Output } from '../../rolecall/v1/NodeUpdate.ts';
import type { ReportNodeRequest as _rolecall_v1_ReportNodeRequest, ReportNodeRequest__Output as _rolecall_v1_ReportNodeRequest__Output } from '../../rolecall/v1/ReportNodeRequest.ts';
import type { ReportNodeResponse as _rolecall_v1_ReportNodeResponse, ReportNodeResponse__Output as _rolecall_v1_ReportNodeResponse__Output } from '../../rolecall/v1/ReportNodeResponse.ts';
import type { WatchNodeRequest as _rolecall_v1_WatchNodeRequest, WatchNodeRequest__Output as _rolecall_v1_WatchNodeRequest__Output } from '../../rolecall/v1/WatchNodeRequest.ts';

export interface BrokerClient extends grpc.Client {
  GetPodCredentials(argument: _rolecall_v1_GetPodCredentialsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_rolecall_v1_GetPodCredentialsResponse__Output>): grpc.ClientUnaryCall;
  GetPodCredentials(argument: _rolecall_v1_GetPodCredentialsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_rolecall_v1_GetPodCredentialsResponse__Output>): grpc.ClientUnaryCall;
  GetPodCredentials(argument: _rolecall_v1_GetPodCredentialsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_rolecall_v1_GetPodCredentialsResponse__Output>): grpc.ClientUnaryCall;
  GetPodCredentials(argument: _rolecall_v1_GetPodCredentialsRequest, callback: grpc.requestCallback<_rolecall_v1_GetPodCredentialsResponse__Output>): grpc.ClientUnaryCall;
  getPodCredentials(argument: _rolecall_v1_GetPodCredentialsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_rolecall_v1_GetPodCredentialsResponse__Output>): grpc.ClientUnaryCall;
  getPodCredentials(argument: _rolecall_v1_GetPodCredentialsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_rolecall_v1_GetPodCredentialsResponse__Output>): grpc.ClientUnaryCall;
  getPodCredentials(argument: _rolecall_v1_GetPodCredentialsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_rolecall_v1_GetPodCredentialsResponse__Output>): grpc.ClientUnaryCall;
  getPodCredentials(argument: _rolecall_v1_GetPodCredentialsRequest, callback: grpc.requestCallback<_rolecall_v1_GetPodCredentialsResponse__Output>): grpc.ClientUnaryCall;
  
  ReportNode(argument: _rolecall_v1_ReportNodeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_rolecall_v1_ReportNodeResponse__Output>): grpc.ClientUnaryCall;
  ReportNode(argument: _rolecall_v1_ReportNodeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_rolecall_v1_ReportNodeResponse__Output>): grpc.ClientUnaryCall;
  ReportNode(argument: _rolecall_v1_ReportNodeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_rolecall_v1_ReportNodeResponse__Output>): grpc.ClientUnaryCall;
  ReportNode(argument: _rolecall_v1_ReportNodeRequest, callback: grpc.requestCallback<_rolecall_v1_ReportNodeResponse__Output>): grpc.ClientUnaryCall;
  reportNode(argument: _rolecall_v1_ReportNodeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_rolecall_v1_ReportNodeResponse__Output>): grpc.ClientUnaryCall;
  reportNode(argument: _rolecall_v1_ReportNodeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_rolecall_v1_ReportNodeResponse__Output>): grpc.ClientUnaryCall;
  reportNode(argument: _rolecall_v1_ReportNodeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_rolecall_v1_ReportNodeResponse__Output>): grpc.ClientUnaryCall;
  reportNode(argument: _rolecall_v1_ReportNodeRequest, callback: grpc.requestCallback<_rolecall_v1_ReportNodeResponse__Output>): grpc.ClientUnaryCall;
  
  WatchNode(argument: _rolecall_v1_WatchNodeRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_rolecall_v1_NodeUpdate__Output>;
  WatchNode(argument: _rolecall_v1_WatchNodeRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_rolecall_v1_NodeUpdate__Output>;
  watchNode(argument: _rolecall_v1_WatchNodeRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_rolecall_v1_NodeUpdate__Output>;
  watchNode(argument: _rolecall_v1_WatchNodeRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_rolecall_v1_NodeUpdate__Output>;
  
}

export interface BrokerHandlers extends grpc.UntypedServiceImplementation {
  GetPodCredentials: grpc.handleUnaryCall<_rolecall_v1_GetPodCredentialsRequest__Output, _rolecall_v1_GetPodCredentialsResponse>;
  
  ReportNode: grpc.handleUnaryCall<_rolecall_v1_ReportNodeRequest__Output, _rolecall_v1_ReportNodeResponse>;
  
  WatchNode: grpc.handleServerStreamingCall<_rolecall_v1_WatchNodeRequest__Output, _rolecall_v1_NodeUpdate>;
  
}

export interface BrokerDefinition extends grpc.ServiceDefinition {
  GetPodCredentials: MethodDefinition<_rolecall_v1_GetPodCredentialsRequest, _rolecall_v1_GetPodCredentialsResponse, _rolecall_v1_GetPodCredentialsRequest__Output, _rolecall_v1_GetPodCredentialsResponse__Output>
  ReportNode: MethodDefinition<_rolecall_v1_ReportNodeRequest, _rolecall_v1_ReportNodeResponse, _rolecall_v1_ReportNodeRequest__Output, _rolecall_v1_ReportNodeResponse__Output>
  WatchNode: MethodDefinition<_rolecall_v1_WatchNodeRequest, _rolecall_v1_NodeUpdate, _rolecall_v1_WatchNodeRequest__Output, _rolecall_v1_NodeUpdate__Output>
}

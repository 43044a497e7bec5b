// Original file: proto/rolecall/v1/broker.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { IssueCertificateRequest as _rolecall_v1_IssueCertificateRequest, IssueCertificateRequest__Output as _rolecall_v1_IssueCertificateRequest__Output } from '../../rolecall/v1/IssueCertificateRequest.ts';
import type { IssueCertificateResponse as _rolecall_v1_IssueCertificateResponse, IssueCertificateResponse__Output as _rolecall_v1_IssueCertificateResponse__Output } from '../../rolecall/v1/IssueCertificateResponse.ts';

export interface EnrollmentClient extends grpc.Client {
  IssueCertificate(argument: _rolecall_v1_IssueCertificateRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_rolecall_v1_IssueCertificateResponse__Output>): grpc.ClientUnaryCall;
  IssueCertificate(argument: _rolecall_v1_IssueCertificateRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_rolecall_v1_IssueCertificateResponse__Output>): grpc.ClientUnaryCall;
  IssueCertificate(argument: _rolecall_v1_IssueCertificateRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_rolecall_v1_IssueCertificateResponse__Output>): grpc.ClientUnaryCall;
  IssueCertificate(argument: _rolecall_v1_IssueCertificateRequest, callback: grpc.requestCallback<_rolecall_v1_IssueCertificateResponse__Output>): grpc.ClientUnaryCall;
  issueCertificate(argument: _rolecall_v1_IssueCertificateRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_rolecall_v1_IssueCertificateResponse__Output>): grpc.ClientUnaryCall;
  issueCertificate(argument: _rolecall_v1_IssueCertificateRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_rolecall_v1_IssueCertificateResponse__Output>): grpc.ClientUnaryCall;
  issueCertificate(argument: _rolecall_v1_IssueCertificateRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_rolecall_v1_IssueCertificateResponse__Output>): grpc.ClientUnaryCall;
  issueCertificate(argument: _rolecall_v1_IssueCertificateRequest, callback: grpc.requestCallback<_rolecall_v1_IssueCertificateResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface EnrollmentHandlers extends grpc.UntypedServiceImplementation {
  IssueCertificate: grpc.handleUnaryCall<_rolecall_v1_IssueCertificateRequest__Output, _rolecall_v1_IssueCertificateResponse>;
  
}

export interface EnrollmentDefinition extends grpc.ServiceDefinition {
  IssueCertificate: MethodDefinition<_rolecall_v1_IssueCertificateRequest, _rolecall_v1_IssueCertificateResponse, _rolecall_v1_IssueCertificateRequest__Output, _rolecall_v1_IssueCertificateResponse__Output>
}

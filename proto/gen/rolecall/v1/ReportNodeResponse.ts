// Original file: proto/rolecall/v1/broker.proto


export interface ReportNodeResponse {
}

export interface ReportNodeResponse__Output {
}

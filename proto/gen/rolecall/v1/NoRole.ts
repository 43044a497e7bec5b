// Original file: proto/rolecall/v1/broker.proto


export interface NoRole {
}

export interface NoRole__Output {
}

package main

import "encoding/json"

// testCase is a ClientCompatRequest.
type testCase struct {
	TestName            string
	HTTPVersion         string
	Codec               string
	UseGetHTTPMethod    bool `json:"useGetHttpMethod"`
	Protocol            string
	Compression         string
	Host                string
	Port                int
	ServerTLSCert       []byte
	ClientTLSCreds      *credentials
	MessageReceiveLimit int
	Service, Method     string
	StreamType          string
	RequestHeaders      []header
	RequestMessages     []map[string]json.RawMessage
	TimeoutMS           *int `json:"timeoutMs"`
	RequestDelayMS      int  `json:"requestDelayMs"`
	Cancel              *cancellation
}

type credentials struct{ Cert, Key []byte }

type header struct {
	Name  string   `json:"name"`
	Value []string `json:"value"`
}

// cancellation says when to give the call up; all empty is after the half-close.
type cancellation struct {
	BeforeCloseSend   *struct{}
	AfterCloseSendMS  int `json:"afterCloseSendMs"`
	AfterNumResponses int
}

// cancelsAfterReplies reports whether the tool is to give the call up by itself.
func (c *testCase) cancelsAfterReplies() bool {
	return c.Cancel != nil && c.Cancel.AfterNumResponses > 0
}

// response is a ClientCompatResponse.
type response struct {
	TestName string   `json:"testName"`
	Response *result  `json:"response,omitempty"`
	Error    *failure `json:"error,omitempty"`
}

type failure struct {
	Message string `json:"message"`
}

// result is a ClientResponseResult.
type result struct {
	ResponseHeaders   []header          `json:"responseHeaders,omitempty"`
	Payloads          []json.RawMessage `json:"payloads,omitempty"`
	Error             *rpcError         `json:"error,omitempty"`
	ResponseTrailers  []header          `json:"responseTrailers,omitempty"`
	NumUnsentRequests int               `json:"numUnsentRequests,omitempty"`
}

type rpcError struct {
	Code    int               `json:"code"`
	Message string            `json:"message"`
	Details []json.RawMessage `json:"details,omitempty"`
}

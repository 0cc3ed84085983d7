package grpcwire

// Content types (gRPC doc/PROTOCOL-HTTP2.md and doc/PROTOCOL-WEB.md).
const (
	ContentType = "application/grpc"
	// ContentTypeThrift is Kitex's: exactly this subtype makes its servers read
	// Thrift (cloudwego/kitex:pkg/remote/trans/nphttp2/server_handler.go).
	ContentTypeThrift = "application/grpc+thrift"
	ContentTypeWeb    = "application/grpc-web"
)

// Names of header fields.
const (
	HeaderStatus         = "grpc-status"
	HeaderMessage        = "grpc-message"
	HeaderDetails        = "grpc-status-details-bin"
	HeaderEncoding       = "grpc-encoding"
	HeaderAcceptEncoding = "grpc-accept-encoding"
	HeaderTimeout        = "grpc-timeout"
)

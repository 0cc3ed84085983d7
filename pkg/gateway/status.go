package gateway

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/stream"
)

// httpStatus is the HTTP status of a gRPC status, as grpc-gateway has it
// (runtime.HTTPStatusFromCode, after google/rpc/code.proto).
func httpStatus(code int64) int {
	statuses := [...]int{
		200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401,
	}
	if code >= 0 && code < int64(len(statuses)) {
		return statuses[code]
	}
	return http.StatusInternalServerError
}

// statusOf is the HTTP status of a failure.
func statusOf(err error, o stream.Outcome) int {
	if e, ok := errors.AsType[*NoRouteError](err); ok {
		if len(e.Allowed) > 0 {
			return http.StatusMethodNotAllowed
		}
		return http.StatusNotFound
	}
	switch o.Kind {
	case stream.KindData:
		if is[*BodySizeError](err) {
			return http.StatusRequestEntityTooLarge
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return http.StatusRequestTimeout
		}
		return http.StatusBadRequest
	case stream.KindStatus:
		return httpStatus(o.Code)
	case stream.KindBiz:
		if o.Code >= 400 && o.Code <= 599 {
			return int(o.Code) // servers like to use those of HTTP
		}
	case stream.KindApplication:
		if o.Code == unknownMethod {
			return http.StatusNotImplemented
		}
	case stream.KindDeadline:
		return http.StatusGatewayTimeout
	case stream.KindConnection:
		if o.Code == int64(stream.Unavailable) {
			return http.StatusServiceUnavailable
		}
		return http.StatusBadGateway
	case stream.KindInterrupted:
		return httpStatus(int64(stream.Canceled))
	}
	return http.StatusInternalServerError
}

// unknownMethod is that type of application exceptions.
const unknownMethod = 1

// errorBody is a google.rpc.Status as grpc-gateway writes it, with what else the languages
// have to say.
type errorBody struct {
	Code    int64           `json:"code"`
	Message string          `json:"message"`
	Details json.RawMessage `json:"details,omitempty"`
	// Exception is the type of a declared exception, Value its fields.
	Exception string          `json:"exception,omitempty"`
	Value     json.RawMessage `json:"value,omitempty"`
	// Extra is that of a business status.
	Extra json.RawMessage `json:"extra,omitempty"`
}

// bodyOf is the error as JSON.
func bodyOf(err error) errorBody {
	o := stream.OutcomeOf(err)
	b := errorBody{Code: o.Code, Message: o.Message}
	switch o.Kind {
	case stream.KindStatus:
		b.Details = o.Detail
	case stream.KindBiz:
		b.Extra = o.Detail
	case stream.KindDeclared:
		b.Code, b.Exception, b.Value = int64(stream.Unknown), o.Name, o.Detail
		b.Message = err.Error()
	case stream.KindInterrupted:
		b.Code = int64(stream.Canceled)
	case stream.KindApplication:
	default:
		if b.Code == 0 {
			b.Code = int64(stream.Internal)
		}
		if o.Kind == stream.KindData {
			b.Code = int64(stream.InvalidArgument)
		}
	}
	b.Message = strings.ToValidUTF8(b.Message, "\uFFFD")
	return b
}

// failure is the answer for an error. A declared exception may say itself what its status
// is, and what goes into headers; its fields are then the body.
func failure(err error, r *Route) *answer {
	a := &answer{status: statusOf(err, stream.OutcomeOf(err)), header: http.Header{}}
	if e, ok := errors.AsType[*NoRouteError](err); ok && len(e.Allowed) > 0 {
		a.header.Set("Allow", strings.Join(e.Allowed, ", "))
	}
	if e, ok := errors.AsType[*format.Exception](err); ok && r != nil {
		own, mapErr := r.mapping.exception(e.Type, e.JSON)
		if mapErr == nil && own.status != 0 {
			return own
		}
		if mapErr == nil {
			a.header = own.header
		}
	}
	body := bodyOf(err)
	if r != nil && r.Method.Type.ServerStreams() {
		a.body = streamError(body)
		return a
	}
	if body.Details == nil && stream.OutcomeOf(err).Kind == stream.KindStatus {
		body.Details = json.RawMessage("[]") // which grpc-gateway has always, but in streams
	}
	a.body = marshal(body)
	return a
}

// streamError is an error in place of replies, or behind them.
func streamError(body errorBody) []byte {
	return append(append([]byte(`{"error":`), marshal(body)...), "}\n"...)
}

// marshal is compact JSON without HTML's escapes.
func marshal(v any) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return []byte(`{"code":13,"message":"an error that JSON has no form for"}`)
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

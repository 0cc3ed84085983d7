package call

import (
	"errors"

	"github.com/idlcall/idlcall/pkg/stream"
)

// How each error of the package ends a call. Those that only say why another one
// happened have no kind of their own, or that of the same.

func usage() stream.Outcome      { return stream.Outcome{Kind: stream.KindUsage} }
func deadline() stream.Outcome   { return stream.Outcome{Kind: stream.KindDeadline} }
func connection() stream.Outcome { return stream.Outcome{Kind: stream.KindConnection} }

// broken is the outcome of a connection on which gRPC libraries have a status of their
// own for what went wrong; stream.OK is none.
func broken(code stream.Code) stream.Outcome {
	return stream.Outcome{Kind: stream.KindConnection, Code: int64(code)}
}

// Outcome is KindUsage.
func (*TargetError) Outcome() stream.Outcome { return usage() }

// Outcome is KindUsage.
func (*OptionError) Outcome() stream.Outcome { return usage() }

// Outcome is KindUsage.
func (*NoPlaceError) Outcome() stream.Outcome { return usage() }

// Outcome is KindUsage.
func (NowhereError) Outcome() stream.Outcome { return usage() }

// Outcome is KindUsage.
func (*MetadataError) Outcome() stream.Outcome { return usage() }

// Outcome is KindUsage.
func (*UnsupportedError) Outcome() stream.Outcome { return usage() }

// Outcome is KindConnection, or KindDeadline where connecting took too long.
func (e *ConnectError) Outcome() stream.Outcome {
	if e.Timeout > 0 {
		return deadline()
	}
	return connection()
}

// Outcome is that of the first target, the one that was meant; the code is that of the
// first which answered at all.
func (e *TargetsError) Outcome() stream.Outcome {
	if len(e.Errs) == 0 {
		return connection()
	}
	o := stream.OutcomeOf(e.Errs[0])
	for _, err := range e.Errs {
		if m, ok := errors.AsType[*MismatchError](err); ok && o.Kind == stream.KindConnection && m.Code != stream.OK {
			o.Code = int64(m.Code)
			break
		}
	}
	return stream.Outcome{Kind: o.Kind, Code: o.Code}
}

// Outcome is KindConnection; of an answer in another codec than was asked for, and of
// one with an HTTP status, gRPC libraries have a status.
func (e *MismatchError) Outcome() stream.Outcome {
	if e.Codec != "" {
		return broken(stream.Internal)
	}
	return broken(e.Code)
}

// Outcome is KindConnection.
func (*ConnectionLostError) Outcome() stream.Outcome { return connection() }

// Outcome is KindConnection.
func (*CutError) Outcome() stream.Outcome { return connection() }

// Outcome is KindConnection, with what Code says.
func (e *ResetError) Outcome() stream.Outcome { return broken(e.Code()) }

// Outcome is KindConnection.
func (*StreamResetError) Outcome() stream.Outcome { return connection() }

// Outcome is KindConnection.
func (*RefusedError) Outcome() stream.Outcome { return connection() }

// Outcome is KindConnection.
func (*GoAwayError) Outcome() stream.Outcome { return connection() }

// Outcome is KindConnection.
func (*KeepaliveError) Outcome() stream.Outcome { return connection() }

// Outcome is KindConnection.
func (*NoStreamsError) Outcome() stream.Outcome { return connection() }

// Outcome is KindConnection.
func (*ProxyError) Outcome() stream.Outcome { return connection() }

// Outcome is KindConnection.
func (*ProxyStatusError) Outcome() stream.Outcome { return connection() }

// Outcome is KindConnection.
func (*ProtocolError) Outcome() stream.Outcome { return broken(stream.Internal) }

// Outcome is KindConnection.
func (*MessageSizeError) Outcome() stream.Outcome { return broken(stream.ResourceExhausted) }

// Outcome is KindDeadline.
func (*WaitError) Outcome() stream.Outcome { return deadline() }

// Outcome is KindDeadline.
func (*SilentError) Outcome() stream.Outcome { return deadline() }

// Outcome has the number and name of the type.
func (e *ApplicationError) Outcome() stream.Outcome {
	return stream.Outcome{Kind: stream.KindApplication, Code: int64(e.Type), Name: e.TypeName(), Message: e.Message}
}

// Outcome has the extra as Detail, a JSON string where it is no object.
func (e *BizStatusError) Outcome() stream.Outcome {
	return stream.Outcome{Kind: stream.KindBiz, Code: int64(e.Code), Message: e.Message, Detail: e.detail()}
}

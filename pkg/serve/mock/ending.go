package mock

import (
	"encoding/json"

	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/serve/skeleton"
	"github.com/idlcall/idlcall/pkg/stream"
)

// err is the error that ends an RPC so.
func (e *Ending) err(st *state, p *skeleton.Program) error {
	switch e.Kind {
	case Exception:
		return p.Raise(e.Type, e.Details[0].JSON)
	case Application:
		return &serve.ApplicationError{Type: int32(e.Code), Message: e.Message}
	case Biz:
		return &serve.BizStatusError{Code: int32(e.Code), Message: e.Message, Extra: e.Extra}
	case Drop:
		return serve.ErrDrop
	}
	status := &stream.Status{Code: stream.Code(e.Code), Message: e.Message}
	if len(e.Details) == 0 {
		return status
	}
	var err error
	status.Details, err = e.details(st)
	if err != nil {
		return err
	}
	return status
}

// details encodes a google.rpc.Status.
func (e *Ending) details(st *state) ([]byte, error) {
	program, err := st.status()
	if err != nil {
		return nil, err
	}
	list := make([]json.RawMessage, len(e.Details))
	for i, d := range e.Details {
		list[i] = d.JSON
	}
	text, err := json.Marshal(map[string]any{"code": e.Code, "message": e.Message, "details": list})
	if err != nil {
		return nil, err
	}
	return program.Codec().Encode(nil, text)
}

package translate

import (
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

// metadata gives a call what the client sent beside its messages, after that of the
// Translator.
func (t *Translator) metadata(rpc *stream.Call, s serve.ServerStream) {
	rpc.Header = append(append(stream.Metadata{}, t.Header...), proxy.Passing(s.Header())...)
	transient, persistent := s.Metainfo()
	rpc.Transient = append(append(stream.Metadata{}, rpc.Transient...), transient...)
	rpc.Persistent = append(append(stream.Metadata{}, rpc.Persistent...), persistent...)
}

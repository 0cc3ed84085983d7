package reflection

import (
	"os"
	"testing"

	"github.com/idlcall/idlcall/pkg/idl/internal/rawdesc"
)

// FuzzReflectionAnswer: the parser never panics, and finds either files, services
// or a refusal.
func FuzzReflectionAnswer(f *testing.F) {
	file, err := os.ReadFile("../protoidl/googlerpc.binpb")
	if err != nil {
		f.Fatal(err)
	}
	field := rawdesc.AppendField
	f.Add(field(nil, 4, field(nil, 1, file)))
	f.Add(field(nil, 6, field(nil, 1, field(nil, 1, []byte("a.B")))))
	f.Add(field(nil, 7, []byte{8, 5, 18, 1, 'x'}))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := parseAnswer(data)
		if err != nil {
			return
		}
		size := 0
		for _, b := range a.files {
			size += len(b)
		}
		if size > len(data) {
			t.Fatalf("%d bytes of files in %d", size, len(data))
		}
	})
}

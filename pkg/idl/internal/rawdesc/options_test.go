package rawdesc_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/rawdesc"
)

// TestDecodeOptions decodes every number that a field of options could have, with values of
// each wire type, in each kind of options: most that are known, those left to protobuf's
// decoder, and those that nobody knows.
func TestDecodeOptions(t *testing.T) {
	kinds := map[string][]protowire.Number{ // the way to options, from a file
		"file": {8}, "message": {4, 7}, "field": {4, 2, 8}, "oneof": {4, 8, 2}, "range": {4, 5, 3},
		"enum": {5, 3}, "value": {5, 2, 3}, "service": {6, 3}, "method": {6, 2, 4},
	}
	for kind, way := range kinds {
		t.Run(kind, func(t *testing.T) {
			for n := protowire.Number(1); n < 64; n++ {
				for _, value := range []uint64{0, 1, 2, 3, 1 << 40} {
					holdOptions(t, way, protowire.AppendVarint(protowire.AppendTag(nil, n, protowire.VarintType), value))
				}
				holdOptions(t, way, protowire.AppendFixed32(protowire.AppendTag(nil, n, protowire.Fixed32Type), 1))
				holdOptions(t, way, protowire.AppendFixed64(protowire.AppendTag(nil, n, protowire.Fixed64Type), 1))
				holdOptions(t, way, protowire.AppendTag(protowire.AppendTag(nil, n, protowire.StartGroupType), n, protowire.EndGroupType))
				for _, value := range []string{"", "text", "\xff"} {
					holdOptions(t, way, rawdesc.AppendField(nil, n, []byte(value)))
				}
			}
		})
	}
}

// holdOptions has the last field come twice, since options are merged.
func holdOptions(t *testing.T, way []protowire.Number, options []byte) {
	t.Helper()
	b := slices.Concat(rawdesc.AppendField(nil, way[len(way)-1], options), rawdesc.AppendField(nil, way[len(way)-1], options))
	for _, n := range slices.Backward(way[:len(way)-1]) {
		b = rawdesc.AppendField(nil, n, b)
	}
	want := &descriptorpb.FileDescriptorProto{}
	wantErr := proto.Unmarshal(b, want)
	got, err := rawdesc.Decode(b)
	if (err != nil) != (wantErr != nil) {
		t.Fatalf("% x: %v, protobuf says %v", b, err, wantErr)
	}
	if err == nil && !proto.Equal(got, want) {
		t.Errorf("% x: got %v, want %v", b, got, want)
	}
}

package cache

import (
	"bytes"
	"testing"
	"time"
)

// FuzzEntry: nothing but what encode has made is an entry, and reading takes no memory
// that is not there.
func FuzzEntry(f *testing.F) {
	key := KeyOf("x")
	whole := encode(key, "1.0", Entry{[]byte("data"), time.Unix(1, 2)})
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(append(bytes.Clone(whole), 0))
	f.Add([]byte(magic))
	f.Add(encode(KeyOf("y"), "1.0", Entry{[]byte("data"), time.Unix(1, 2)}))
	f.Add(encode(key, "1.1", Entry{nil, time.Unix(1, 2)}))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, ok := decode(b, key, "1.0")
		if ok && !bytes.Equal(encode(key, "1.0", e), b) {
			t.Errorf("%q is an entry, but not the one that it is written as", b)
		}
	})
}

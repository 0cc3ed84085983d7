package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// Key names an entry: a digest of all that its data follows from.
type Key [sha256.Size]byte

// KeyOf is the key of a list of parts. Lists that differ have keys that differ.
func KeyOf(parts ...string) Key {
	size := 0
	for _, part := range parts {
		size += binary.MaxVarintLen64 + len(part)
	}
	b := make([]byte, 0, size)
	for _, part := range parts {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return sha256.Sum256(b)
}

// name is that of the file.
func (k Key) name() string { return hex.EncodeToString(k[:]) }

// Entry is what was kept.
type Entry struct {
	Data []byte
	// Made is when it was put there.
	Made time.Time
}

// MaxEntry is the size of the largest data that is kept, in bytes.
const MaxEntry = 16 << 20

// An entry is a file of
//
//	16 bytes  magic, which ends in the version of this format
//	32 bytes  SHA-256 of all that follows
//	32 bytes  the key, so that a renamed file is not another entry
//	 8 bytes  when it was made: nanoseconds since 1970, big-endian
//	 4 bytes  length of the program's version
//	          the version
//	          the data, to the end
const (
	magic     = "idlcall cache 1\n"
	sumAt     = len(magic)
	keyAt     = sumAt + sha256.Size
	madeAt    = keyAt + sha256.Size
	lengthAt  = madeAt + 8
	versionAt = lengthAt + 4

	maxVersion = 256
	maxFile    = versionAt + maxVersion + MaxEntry
)

// encode is an entry as bytes.
func encode(k Key, version string, e Entry) []byte {
	version = version[:min(len(version), maxVersion)]
	b := make([]byte, keyAt, versionAt+len(version)+len(e.Data))
	copy(b, magic)
	b = append(b, k[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Made.UnixNano()))
	b = binary.BigEndian.AppendUint32(b, uint32(len(version)))
	b = append(b, version...)
	b = append(b, e.Data...)
	sum := sha256.Sum256(b[keyAt:])
	copy(b[sumAt:], sum[:])
	return b
}

// decode is the inverse of encode: ok says that b is a whole entry of this key and
// version. Data shares the memory of b.
func decode(b []byte, k Key, version string) (e Entry, ok bool) {
	version = version[:min(len(version), maxVersion)]
	if len(b) < versionAt || string(b[:sumAt]) != magic || !bytes.Equal(b[keyAt:madeAt], k[:]) {
		return e, false
	}
	rest := b[versionAt:]
	length := binary.BigEndian.Uint32(b[lengthAt:])
	if uint64(length) > uint64(len(rest)) || string(rest[:length]) != version {
		return e, false
	}
	if sum := sha256.Sum256(b[keyAt:]); !bytes.Equal(b[sumAt:keyAt], sum[:]) {
		return e, false
	}
	made := int64(binary.BigEndian.Uint64(b[madeAt:]))
	return Entry{Data: rest[length:], Made: time.Unix(0, made)}, true
}

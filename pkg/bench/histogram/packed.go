package histogram

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Packed is a histogram as the HDR tools have it in their logs: base64 of a header, and
// zlib of counts, "V2" of github.com/HdrHistogram/HdrHistogram. "" is an empty one.
type Packed string

// Pack returns what H has counted.
func (h *H) Pack() Packed {
	if h.Count() == 0 {
		return ""
	}
	text, err := h.counts.Encode(hdr.V2CompressedEncodingCookieBase)
	if err != nil {
		panic("pack a histogram into memory: " + err.Error())
	}
	return Packed(text)
}

const (
	// maxPacked and maxCounts bound what is unpacked, in bytes, before and after zlib. What we
	// pack has a tenth of them at most.
	maxPacked = 1 << 20
	maxCounts = 4 << 20
	// maxCount bounds a sum: numbers of JSON are exact up to there.
	maxCount = 1 << 53
	// headerSize is the cookie, and the length of what follows, 4 bytes each.
	headerSize = 8
	// compressedV2 is the cookie of the form, but for the bits that say how wide a count may be.
	compressedV2 = 0x1c849304
)

var errTooMany = errors.New("histogram: more times than there can be")

// Unpack is the inverse of Pack.
func (p Packed) Unpack() (h *H, err error) {
	if p == "" {
		return &H{}, nil
	}
	if len(p) > maxPacked {
		return nil, errors.New("histogram: larger than any histogram")
	}
	raw, err := base64.StdEncoding.DecodeString(string(p))
	if err != nil {
		return nil, fmt.Errorf("histogram: %w", err)
	}
	if len(raw) < headerSize || binary.BigEndian.Uint32(raw)&^0xf0 != compressedV2 {
		return nil, errors.New("histogram: not in the compressed form V2 of HDR histograms")
	}
	if size := binary.BigEndian.Uint32(raw[4:]); uint64(size) != uint64(len(raw)-headerSize) {
		return nil, fmt.Errorf("histogram: has %d bytes, and says %d", len(raw)-headerSize, size)
	}
	if err := checkSize(raw[headerSize:]); err != nil {
		return nil, fmt.Errorf("histogram: %w", err)
	}
	defer func() {
		if r := recover(); r != nil { // which the library does where counts have no place
			h, err = nil, fmt.Errorf("histogram: broken: %v", r)
		}
	}()
	read, err := hdr.Decode([]byte(p))
	if err != nil {
		return nil, fmt.Errorf("histogram: %w", err)
	}
	return ours(read)
}

// checkSize holds what zlib makes of compressed bytes against maxCounts.
func checkSize(compressed []byte) error {
	r, err := zlib.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return err
	}
	switch n, err := io.CopyN(io.Discard, r, maxCounts+1); {
	case err != nil && err != io.EOF:
		return err
	case n > maxCounts:
		return errors.New("larger than any histogram")
	}
	return nil
}

// ours makes a histogram of other bounds or digits one with ours.
func ours(read *hdr.Histogram) (*H, error) {
	h := &H{}
	if read.LowestTrackableValue() == 1 && read.HighestTrackableValue() == int64(Max) && read.SignificantFigures() == Digits {
		total := int64(0)
		for _, n := range read.Export().Counts {
			if total += n; n < 0 || n > maxCount || total > maxCount {
				return nil, errTooMany
			}
		}
		return &H{counts: read}, nil
	}
	for _, b := range read.Distribution() {
		switch {
		case b.Count < 0 || b.Count > maxCount || h.Count() > maxCount:
			return nil, errTooMany
		case b.Count > 0:
			h.add(time.Duration(b.To), b.Count)
		}
	}
	return h, nil
}

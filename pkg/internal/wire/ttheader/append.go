package ttheader

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strconv"
)

// Sort brings the pairs into the order of their keys. It is stable.
func (h *Header) Sort() {
	slices.SortStableFunc(h.Str, func(a, b Pair) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortStableFunc(h.Int, func(a, b IntPair) int { return cmp.Compare(a.Key, b.Key) })
}

// Append appends the header, with LENGTH for a frame without payload: SetLength
// corrects it once the payload is there. Pairs are written in their order, with
// the ACL token before all, as Kitex does. On an error, always a *LimitError, dst
// is returned as it was.
func (h *Header) Append(dst []byte) ([]byte, error) {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint16(dst, Magic)
	dst = binary.BigEndian.AppendUint16(dst, h.Flags)
	dst = binary.BigEndian.AppendUint32(dst, uint32(h.Seq))
	dst = append(dst, 0, 0, h.Protocol, 0)
	dst, err := h.appendSections(dst)
	if err != nil {
		return dst[:start], err
	}
	for (len(dst)-start-fixedLen)%4 != 0 {
		dst = append(dst, sectionPadding)
	}
	info := len(dst) - start - fixedLen
	if info > maxInfo {
		return dst[:start], &LimitError{Part: "header info", Size: info, Limit: maxInfo}
	}
	binary.BigEndian.PutUint16(dst[start+12:], uint16(info/4))
	return dst, SetLength(dst[start:])
}

// SetLength writes the LENGTH of a frame that is complete.
func SetLength(frame []byte) error { return SetPayload(frame, 0) }

// SetPayload writes the LENGTH of a frame of which size bytes are still to come.
func SetPayload(frame []byte, size int) error {
	n := len(frame) - lengthLen + size
	if n > MaxFrame {
		return &LimitError{Part: "frame", Size: n, Limit: MaxFrame}
	}
	binary.BigEndian.PutUint32(frame, uint32(n))
	return nil
}

func (h *Header) appendSections(dst []byte) ([]byte, error) {
	pairs := len(h.Str)
	for _, p := range h.Str {
		if p.Key != StrACLToken {
			continue
		}
		pairs--
		var err error
		if dst, err = appendText(append(dst, sectionACL), "value", p.Key, p.Value); err != nil {
			return dst, err
		}
	}
	dst, err := h.appendStr(dst, pairs)
	if err != nil {
		return dst, err
	}
	return h.appendInt(dst)
}

func (h *Header) appendStr(dst []byte, pairs int) ([]byte, error) {
	dst, err := appendCount(dst, sectionStr, pairs)
	if err != nil {
		return dst, err
	}
	for _, p := range h.Str {
		if p.Key == StrACLToken {
			continue
		}
		if dst, err = appendText(dst, "key", p.Key, p.Key); err != nil {
			return dst, err
		}
		if dst, err = appendText(dst, "value", p.Key, p.Value); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func (h *Header) appendInt(dst []byte) ([]byte, error) {
	dst, err := appendCount(dst, sectionInt, len(h.Int))
	if err != nil {
		return dst, err
	}
	for _, p := range h.Int {
		dst = binary.BigEndian.AppendUint16(dst, p.Key)
		if len(p.Value) > maxText {
			return dst, &LimitError{"value", "int " + strconv.Itoa(int(p.Key)), len(p.Value), maxText}
		}
		if dst, err = appendText(dst, "value", "", p.Value); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// appendCount begins a section, unless it is empty.
func appendCount(dst []byte, section byte, pairs int) ([]byte, error) {
	switch {
	case pairs == 0:
		return dst, nil
	case pairs > maxText:
		return dst, &LimitError{Part: "number of pairs", Size: pairs, Limit: maxText}
	}
	return binary.BigEndian.AppendUint16(append(dst, section), uint16(pairs)), nil
}

func appendText(dst []byte, part, key, text string) ([]byte, error) {
	if len(text) > maxText {
		return dst, &LimitError{part, key, len(text), maxText}
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(text)))
	return append(dst, text...), nil
}

package sample

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
)

// vocabulary is what texts are made of.
const vocabulary = "amber birch cedar delta ember fjord grove harbor island juniper kelp lagoon meadow north orchard pebble quartz river spruce tundra umber valley willow yarrow zephyr"

// word is a word; empty from a source of the least.
func (s *Source) word() string {
	if s.rng == nil {
		return ""
	}
	start := s.rng.IntN(len(vocabulary))
	for start > 0 && vocabulary[start-1] != ' ' {
		start--
	}
	end := start
	for end < len(vocabulary) && vocabulary[end] != ' ' {
		end++
	}
	return vocabulary[start:end]
}

// text is one word or several.
func (s *Source) text() string {
	words := []string{s.word()}
	for s.Number(2) == 1 {
		words = append(words, s.word())
	}
	return strings.Join(words, " ")
}

func appendText(dst []byte, text string) []byte {
	return append(append(append(dst, '"'), text...), '"') // words need no escapes
}

func (s *Source) bool(dst []byte) []byte { return strconv.AppendBool(dst, s.Number(2) == 1) }

// integer is a number of so many bits. Small ones are usual, large ones occur.
func (s *Source) integer(dst []byte, bits int, signed bool) []byte {
	if s.rng == nil {
		return append(dst, '0')
	}
	n := s.rng.Uint64()
	if s.rng.IntN(8) > 0 {
		n %= 1000
	}
	if signed {
		return strconv.AppendInt(dst, int64(n)<<(64-bits)>>(64-bits), 10)
	}
	return strconv.AppendUint(dst, n<<(64-bits)>>(64-bits), 10)
}

// float has two digits behind the point, which every reader keeps.
func (s *Source) float(dst []byte) []byte {
	if s.rng == nil {
		return append(dst, '0')
	}
	return strconv.AppendFloat(dst, math.Round(s.rng.Float64()*1e5)/100, 'f', -1, 64)
}

// bytes is base64 of a few bytes.
func (s *Source) bytes(dst []byte) []byte {
	raw := make([]byte, s.Number(16))
	for i := range raw {
		raw[i] = byte(s.Number(256))
	}
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), raw), '"')
}

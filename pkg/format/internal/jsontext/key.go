package jsontext

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

// Key is a key as nearly all documents have it: in quotes, with its colon right behind. Its
// first sixteen bytes are compared as two numbers, which takes half the instructions of a
// comparison of bytes, since keys are so short.
type Key struct {
	text         []byte
	words, masks [2]uint64 // bytes behind the key are masked
	short        int       // the length of text, if there is no more of it; else 0
}

// MaxSkipped is how many fields behind the expected one a key is compared with before it is looked
// up. Three failures cost some 200 instructions, the look-up 300.
const MaxSkipped = 3

// keyWords is how many bytes of a key are compared as numbers.
const keyWords = 16

// NewKey is the Key of text that has its quotes and its colon.
func NewKey(text []byte) Key {
	k := Key{text: text}
	if len(text) <= keyWords {
		k.short = len(text)
	}
	var word, mask [keyWords]byte
	for i := range copy(word[:], text) {
		mask[i] = 0xff
	}
	for i := range k.words {
		k.words[i], k.masks[i] = binary.LittleEndian.Uint64(word[8*i:]), binary.LittleEndian.Uint64(mask[8*i:])
	}
	return k
}

// HasKey consumes a key and its colon, if they stand here just as k has them. A Key that has
// not been made stands nowhere.
func (p *Parser) HasKey(k *Key) bool {
	b := p.Src[p.Pos:]
	if len(b) < keyWords {
		return p.hasKey(k)
	}
	first, second := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	if first&k.masks[0] != k.words[0] || second&k.masks[1] != k.words[1] {
		return false
	}
	if k.short == 0 {
		return p.hasKey(k)
	}
	p.Pos += k.short
	return true
}

// hasKey is HasKey for long keys, and near the end.
func (p *Parser) hasKey(k *Key) bool {
	if len(k.text) == 0 || !bytes.HasPrefix(p.Src[p.Pos:], k.text) {
		return false
	}
	p.Pos += len(k.text)
	return true
}

// Key consumes a key and its colon. The key is valid until the next string is
// read.
func (p *Parser) Key() (key []byte, off int, err error) {
	p.Peek()
	off = p.Pos
	if p.Pos >= len(p.Src) || p.Src[p.Pos] != '"' {
		return nil, off, p.Unexpected("a key in double quotes")
	}
	if key, err = p.Text(); err != nil {
		return nil, off, err
	}
	if p.Pos < len(p.Src) && p.Src[p.Pos] == ':' {
		p.Pos++
		return key, off, nil
	}
	return key, off, p.Expect(':', "after a key")
}

// KeyAt reads the key at an offset once more, for a message.
func (p *Parser) KeyAt(off int) string {
	at := Parser{Src: p.Src, Pos: off}
	key, _ := at.Text()
	return strconv.Quote(Clip(key))
}

// Package grow makes room in buffers for what a peer sends: by as much as has come, never
// by what a peer says is to come.
package grow

import "slices"

// For returns buf with room for at least some bytes more, in its capacity. need is how
// large it is to be in the end, as far as the peer tells; least is what is read at once.
func For(buf []byte, need, least int) []byte {
	have := len(buf)
	return slices.Grow(buf, max(least, min(need-have, have)))
}

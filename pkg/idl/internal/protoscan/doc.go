// Package protoscan indexes Protobuf without parsing it: what a file declares, and where
// in the text or in the bytes. Bodies are passed over by their braces; Decl.Body looks
// into one when somebody needs it. What is not understood is marked as odd, and such files
// are compiled whole, so that the real parser has the last word.
//
//	outline.go         the index: Outline, Decl, Body, Ref
//	text.go body.go    of source: declarations, then their insides
//	encoded.go         the same of encoded descriptors
//	depth.go           limits that text must keep before the parser gets it
package protoscan

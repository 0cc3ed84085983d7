// Package document helps to write a JSON document that is not finished: what may stand at
// the cursor, which brackets are open, and what each token is.
//
//	lex.go        tokens of a text, whatever mistakes it has
//	open.go       Open, Match: brackets
//	highlight.go  Highlight: kinds of tokens, for colours
//	frame.go      where in a document the cursor is; place.go what the IDL has there
//	follow.go     the members behind the cursor
//	at.go         At: what may stand there; keys.go fields and keys, values.go values
//	match.go      which candidates what has been typed begins
//	insert.go     the text of a candidate
//	hint.go       what is expected, in words
//
// A text may hold several documents, run together. "$last.items[0].id", which a shell puts
// a value for, is a value. Nothing here fails: a mistake before the cursor is passed over,
// as a reader would. All of it is plain functions without a state.
package document

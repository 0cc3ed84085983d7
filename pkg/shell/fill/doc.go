// Package fill makes a request by asking for it, field by field.
//
//	question.go  Question: what is asked; Error: an answer that does not do
//	filler.go    Filler: the next question, an answer, a step back, the JSON
//	walk.go      walk: through the type along the answers, to the next question
//	ask.go       what is asked of fields, messages, lists and maps
//	read.go      what an answer means
//	check.go     the codec's opinion of a value, as soon as it is there
//
// There is no state but the answers: after each of them the type is walked anew, and where
// they end is the next question. A step back takes an answer away. A Filler belongs to one
// goroutine.
//
// Nothing is entered that nobody has asked for: of a nested message that is not required it
// is asked whether it is wanted, and no is what Enter says. Fields that are deprecated, and
// those that Kitex fills (base.Base), are left out unless they are required.
package fill

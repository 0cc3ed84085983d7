// Package shell is an interactive session with one server: the language of its lines, and the
// loop that reads them and does what they say.
//
//	line.go      Parse: a line taken apart; filter.go what stands behind "|"
//	shell.go     Shell: the loop; host.go what it wants of the tool around it
//	request.go   a line that is a call; typed.go requests that are typed one by one
//	computed.go  what $last stands for in it; flagword.go flags among the words of a line,
//	             quote.go words
//	ask.go       "METHOD ?" asks for a request, and :template puts one into the editor
//	commands.go  lines that begin with a colon; help.go, last.go, suite.go some of them
//	settings.go  flags that hold for all calls
//	complete.go  what Tab offers; completeflag.go for flags, document.go for requests
//	names.go     what the IDL has, remembered; files.go what folders have
//	history.go   lines of earlier sessions; secrets.go what is left out of them
//	console.go   what commands write while somebody types; plain.go and dumb.go a shell
//	             without a terminal, or with one that has no keys; source.go reads
//	             their lines
//
// The Host runs command lines as the tool does by itself, so that a line means what it means
// there; the shell knows no flag but by what the Host says of it. A Shell belongs to one
// goroutine. While a call lasts whose client streams, a second one asks for requests (typed.go):
// it reads what the Shell has, which does not change meanwhile. editor.Editor writes to the
// terminal, and has the only lock that anybody waits for; that of a Console comes before it.
package shell

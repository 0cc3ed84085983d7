// Package editor reads what is typed at a terminal, and writes above it what comes meanwhile.
//
//	editor.go   Editor: one Question after another, and how a Read is ended from outside
//	keys.go     what keys do where the line editor does something else
//	print.go    text that goes above the line
//	menu.go     candidates of a completion, as the line editor wants them
//	history.go  lines of earlier questions
//
// It is the only room that knows github.com/reeflective/readline, which does the editing: several
// lines, emacs' and vi's keys as the user's inputrc has them, search in the history, pasted text,
// widths of characters, the menu. One goroutine, that of Read, writes to the terminal. What others
// print waits in a buffer, and goes out with the next picture of the line: as the beginning of
// the prompt, since nothing else of a picture is written where the line begins. The lock of the
// Editor is taken under no other, and no other is taken under it.
package editor

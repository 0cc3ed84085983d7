// Package picture draws what a terminal shows, as an SVG for a page: the picture of README.md is
// made by a test that plays a session.
//
//	screen.go  Parse: cells of the text that tmux has of a screen, with SGR sequences
//	svg.go     Screen.SVG: cells become runs of text, each as wide as its cells
//
// The same screen makes the same bytes, whatever fonts there are. Nothing here has state.
package picture

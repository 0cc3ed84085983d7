// Package terminal knows what a terminal makes of text.
//
// Some characters it obeys instead of showing them (terminal.go): whoever writes text of
// other people, to a terminal or into a file that one may show, asks Obeys and escapes them
// in its own way. The others take one cell, two or none (width.go): whoever puts something
// below a character, or cuts a line to a width, counts cells and not characters.
//
// How wide a character is follows Unicode, as terminals do by and large; for some emoji
// they do not agree with each other.
package terminal

// Package early narrows the process that imports it, at its start, and grows its stack (see startup). It imports
// little, so that its init comes before nearly all others, and is for main packages only.
package early

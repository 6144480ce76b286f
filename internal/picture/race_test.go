//go:build race

package picture

// raceDetector is whether the race detector is on, which makes all ten times slower.
const raceDetector = true

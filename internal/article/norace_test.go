//go:build !race

package article

// raceDetector is whether the race detector is on, which makes all ten times slower.
const raceDetector = false

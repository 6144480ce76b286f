//go:build race

package clean

const raceDetector = true

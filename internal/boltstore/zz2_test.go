package boltstore_test

import (
	"os"
	"testing"
)

func TestZZFill(t *testing.T) {
	p := os.Getenv("ZZF")
	if p == "" {
		t.Skip()
	}
	os.Remove(p)
	s := fill(t, p, 2000, 20)
	t0 := cpu(t)
	_ = t0
	s.Close()
}

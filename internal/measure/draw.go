package measure

import (
	"math/rand/v2"
	"slices"
)

// draw takes n of xs at random, the same ones for the same seed, in the order of xs.
func draw(xs []int, n int, seed uint64) []int {
	if n >= len(xs) {
		return xs
	}
	r := rand.New(rand.NewPCG(seed, 1))
	picked := r.Perm(len(xs))[:max(0, n)]
	slices.Sort(picked)
	out := make([]int, len(picked))
	for i, p := range picked {
		out[i] = xs[p]
	}
	return out
}

package dedup

import "math/bits"

// bitrow is a bit for each place of a sequence of at most maxWords words.
type bitrow [2]uint64

func (r *bitrow) set(i int) { r[i>>6] |= 1 << (i & 63) }

func (r *bitrow) has(i int) bool { return r[i>>6]>>(i&63)&1 != 0 }

// shifted moves all bits to the next place.
func (r *bitrow) shifted() bitrow { return bitrow{r[0] << 1, r[1]<<1 | r[0]>>63} }

func (r *bitrow) and(o *bitrow) bitrow { return bitrow{r[0] & o[0], r[1] & o[1]} }

func (r *bitrow) empty() bool { return r[0]|r[1] == 0 }

// below counts the bits at places before n.
func (r *bitrow) below(n int) int {
	if n >= 64 {
		return bits.OnesCount64(r[0]) + bits.OnesCount64(r[1]&(1<<(n-64)-1))
	}
	return bits.OnesCount64(r[0] & (1<<n - 1))
}

// steps is the scratch space of an alignment of two sequences a and b by their longest
// common subsequence. rows[i] has a bit for each place at which a[i:] and b's rest from
// there have one word more in step than a[i:] and the rest behind it; b's last place is
// bit 0. (Hyyrö, Bit-parallel LCS-length computation revisited, 2004.)
type steps struct {
	rows [maxWords + 1]bitrow
	in   [maxWords]bitrow // places of each term in b
}

// align fills in the rows. b is given as the places of a's terms, -1 for other words.
func (s *steps) align(a, b []uint8, b2a []int16) {
	for _, i := range a {
		s.in[i] = bitrow{}
	}
	for _, j := range b {
		if i := b2a[j]; i >= 0 {
			s.in[i] = bitrow{}
		}
	}
	for at, j := range b {
		if i := b2a[j]; i >= 0 {
			s.in[i].set(len(b) - 1 - at)
		}
	}
	s.rows[len(a)] = bitrow{}
	for i := len(a) - 1; i >= 0; i-- {
		s.rows[i] = s.rows[i+1].step(&s.in[a[i]])
	}
}

// step is the row of a sequence that is longer by a word, which stands at the places m.
// In the literature's terms the row is inverted: a bit is set where the length grows.
func (r *bitrow) step(m *bitrow) (n bitrow) {
	v := bitrow{^r[0], ^r[1]}
	u := v.and(m)
	low, carry := bits.Add64(v[0], u[0], 0)
	high, _ := bits.Add64(v[1], u[1], carry)
	return bitrow{^(low | v[0]&^m[0]), ^(high | v[1]&^m[1])}
}

// longest is how long the longest common subsequence of a[i:] and b[j:] is.
func (s *steps) longest(i, j, lenB int) int { return s.rows[i].below(lenB - j) }

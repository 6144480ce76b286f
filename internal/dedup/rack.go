package dedup

// rack holds the encoded matter of records, one after the other in boards of 64 KB:
// so it costs no more than its bytes, and the garbage collector, which looks at every
// pointer of a window of 200,000 entries, finds none here. A board that nothing stands
// on any more is dropped; where many are nearly empty, [Index.tidy] moves what is left.
type rack struct {
	boards []board
	base   uint32 // number of the first board
	live   int    // bytes that are held
	room   int    // bytes of all boards
}

// board is a piece of a rack.
type board struct {
	bytes *[boardSize]byte // nil: dropped
	used  int
	live  int // of used: bytes that are held
}

const boardSize = 1 << 16

// place is where something stands; of size 0 it is nothing.
type place struct {
	board    uint32
	at, size uint16
}

// put puts a copy of b, which must be shorter than a board, and gives its place.
func (s *rack) put(b []byte) place {
	if len(b) == 0 || len(b) >= boardSize {
		return place{}
	}
	if n := len(s.boards); n == 0 || s.boards[n-1].used+len(b) > boardSize || s.boards[n-1].bytes == nil {
		s.boards = append(s.boards, board{bytes: new([boardSize]byte)})
		s.room += boardSize
	}
	last := len(s.boards) - 1
	to := &s.boards[last]
	p := place{s.base + uint32(last), uint16(to.used), uint16(len(b))}
	to.used += copy(to.bytes[to.used:], b)
	to.live += len(b)
	s.live += len(b)
	return p
}

// at gives what stands at a place, until something is put or taken.
func (s *rack) at(p place) []byte {
	if p.size == 0 {
		return nil
	}
	return s.boards[p.board-s.base].bytes[p.at:][:p.size]
}

// take takes away what stands at a place.
func (s *rack) take(p place) {
	if p.size == 0 {
		return
	}
	i := int(p.board - s.base)
	b := &s.boards[i]
	b.live -= int(p.size)
	s.live -= int(p.size)
	if b.live > 0 || i == len(s.boards)-1 {
		return
	}
	b.bytes = nil
	s.room -= boardSize
	for len(s.boards) > 1 && s.boards[0].bytes == nil {
		s.boards = s.boards[1:]
		s.base++
	}
}

// sparse reports whether less than half of the boards is held.
func (s *rack) sparse() bool { return len(s.boards) > 8 && 2*s.live < s.room }

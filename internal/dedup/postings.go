package dedup

// postings find the entries that share a rare term. The records of a term stand in
// blocks, chained from the newest to the oldest; the tally holds the newest block.
// A term's first block has room for one record, the next ones for 3, 7 and 15, so
// that rare terms cost little, and a search meets few cache lines where they aren't.
// Blocks lie in order of making, so that those of dropped records can be dropped from
// the front.
type postings struct {
	chunks []*postingChunk
	base   uint32 // number of the first unit of the first chunk
	next   uint32 // of the next unit to be used
	first  uint32 // record; older ones are as good as dropped
}

// postingChunk is a run of blocks: of words, two of which are a unit. The first word
// of a block is the link to the next older one, the others are records, oldest first,
// and 0 where there is room left.
type postingChunk struct {
	words  [2 * chunkUnits]uint32
	newest uint32 // record in it
}

const chunkUnits = 4096

// link leads to a block: the number of its first unit, and in the lowest two bits its
// size: it has 1, 2, 4 or 8 units. 0 leads nowhere.
type link = uint32

func unitOf(l link) uint32 { return l >> 2 }
func unitsOf(l link) int   { return 1 << (l & 3) }

// roomOf is how many records a block holds.
func roomOf(l link) int { return 2*unitsOf(l) - 1 }

func newPostings() postings { return postings{base: 1, next: 1} }

// block gives the words of a block; nil if there is none, or if it has been dropped.
func (p *postings) block(l link) []uint32 {
	n := unitOf(l)
	if n < p.base || n >= p.next {
		return nil
	}
	i := n - p.base
	at := 2 * (i % chunkUnits)
	return p.chunks[i/chunkUnits].words[at : at+uint32(2*unitsOf(l))]
}

// filled is how many records a block has.
func filled(block []uint32) int {
	n := len(block) - 1
	for n > 0 && block[n] == 0 {
		n--
	}
	return n
}

// make appends an empty block, of a size, that leads to an older one.
func (p *postings) make(size, older link) (link, []uint32) {
	units := uint32(1) << size
	if left := chunkUnits - (p.next-p.base)%chunkUnits; left < units {
		p.next += left // blocks don't cross the end of a chunk
	}
	if int((p.next-p.base)/chunkUnits) == len(p.chunks) {
		p.chunks = append(p.chunks, new(postingChunk))
	}
	l := p.next<<2 | size
	p.next += units
	block := p.block(l)
	block[0] = older
	return l, block
}

// put writes a record into a block.
func (p *postings) put(l link, block []uint32, i int, record uint32) {
	block[i] = record
	c := p.chunks[(unitOf(l)-p.base)/chunkUnits]
	c.newest = max(c.newest, record)
}

// deepest is how far into a chain a record is put or removed. Searches look no
// further than the newest maxPostings.
const deepest = 4 * maxPostings

// add puts a record into a term's chain, before older ones.
func (p *postings) add(head *link, record uint32) {
	at := head
	for seen := 0; seen < deepest; {
		l := *at
		block := p.block(l)
		n := filled(block)
		if n <= 0 || block[n] < p.first {
			p.start(at, 0, 0, record)
			return
		}
		if block[n] < record {
			p.append(at, l, block, n, record)
			return
		}
		if block[1] <= record {
			p.insert(l, block, n, record)
			return
		}
		seen += n
		at = &block[0]
	}
}

// start begins a block with a record.
func (p *postings) start(at *link, size, older link, record uint32) {
	l, block := p.make(size, older)
	p.put(l, block, 1, record)
	*at = l
}

// append puts a record behind the n older ones of a block if there is room, else into
// a block before it. Blocks that are old themselves get no more records, for they
// would keep their chunk.
func (p *postings) append(at *link, l link, block []uint32, n int, record uint32) {
	if n < roomOf(l) && unitOf(l)-p.base >= (p.next-p.base)/2 {
		p.put(l, block, n+1, record)
		return
	}
	p.start(at, min(3, l&3+1), l, record)
}

// insert puts a record among the n of a block, of which at least one is older: those
// that are go to a block of their own.
func (p *postings) insert(l link, block []uint32, n int, record uint32) {
	i := 1
	for block[i] < record {
		i++
	}
	if block[i] == record {
		return
	}
	older, rest := p.make(l&3, block[0])
	for k := 1; k < i; k++ {
		p.put(older, rest, k, block[k])
	}
	block[0] = older
	copy(block[2:], block[i:n+1])
	clear(block[min(n+3-i, len(block)):])
	p.put(l, block, 1, record)
}

// remove takes a record out of a term's chain.
func (p *postings) remove(head *link, record uint32) {
	at := head
	for seen := 0; seen < deepest; {
		block := p.block(*at)
		n := filled(block)
		if n <= 0 || block[n] < record {
			return
		}
		if block[1] <= record {
			p.cut(at, block, n, record)
			return
		}
		seen += n
		at = &block[0]
	}
}

// cut takes a record out of a block, and the block out of the chain if it was the last.
func (p *postings) cut(at *link, block []uint32, n int, record uint32) {
	for i := 1; i <= n; i++ {
		if block[i] == record {
			copy(block[i:], block[i+1:n+1])
			block[n] = 0
			if n == 1 {
				*at = block[0]
			}
			return
		}
	}
}

// dropBefore drops the chunks in which all records are older than first.
func (p *postings) dropBefore(first uint32) {
	p.first = first
	for len(p.chunks) > 1 && p.chunks[0].newest < first {
		p.chunks[0] = nil
		p.chunks = p.chunks[1:]
		p.base += chunkUnits
	}
}

package dedup

// postings find the entries that share a rare term. The postings of a term are
// chained from the newest to the oldest; the tally holds the newest. They lie in
// order of placing, so that those of dropped records can be dropped from the front.
type postings struct {
	chunks []*[postingChunk]posting
	base   uint32 // number of the first posting of the first chunk
	next   uint32
	first  uint32 // record; postings of older ones are as good as dropped
}

type posting struct {
	record uint32
	older  uint32 // 0 for none
}

const postingChunk = 4096

func newPostings() postings { return postings{base: 1, next: 1} }

// at gives a posting, nil if it has been dropped. Those of dropped records end a
// chain wherever they are, so that no search counts them.
func (p *postings) at(n uint32) *posting {
	if n < p.base || n >= p.next {
		return nil
	}
	if q := p.place(n); q.record >= p.first {
		return q
	}
	return nil
}

// place is where a posting stands that hasn't been dropped.
func (p *postings) place(n uint32) *posting {
	i := n - p.base
	return &p.chunks[i/postingChunk][i%postingChunk]
}

// deepest is how far into a chain a posting is put or removed. Searches look no
// further than the newest maxPostings.
const deepest = 4 * maxPostings

// add puts a posting of a record into a slot's chain, before those of older ones.
func (p *postings) add(s *slot, record uint32) {
	if int(p.next-p.base) == len(p.chunks)*postingChunk {
		p.chunks = append(p.chunks, new([postingChunk]posting))
	}
	n := p.next
	at := &s.head
	for range deepest {
		q := p.at(*at)
		if q == nil || q.record <= record {
			if q != nil && q.record == record {
				return
			}
			p.next++
			*p.place(n) = posting{record, *at}
			*at = n
			return
		}
		at = &q.older
	}
}

// remove takes a record's posting out of a slot's chain.
func (p *postings) remove(s *slot, record uint32) {
	at := &s.head
	for range deepest {
		q := p.at(*at)
		if q == nil || q.record < record {
			return
		}
		if q.record == record {
			*at = q.older
			return
		}
		at = &q.older
	}
}

// dropBefore drops the chunks in which all postings are of records before first.
// A posting's record is never much newer than its place, so that nothing that is
// still needed goes.
func (p *postings) dropBefore(first uint32) {
	p.first = first
	for len(p.chunks) > 1 && p.done(p.chunks[0], first) {
		p.chunks[0] = nil
		p.chunks = p.chunks[1:]
		p.base += postingChunk
	}
}

func (p *postings) done(c *[postingChunk]posting, first uint32) bool {
	for i := range c {
		if c[i].record >= first {
			return false
		}
	}
	return true
}

package dedup

// What of a text is kept. More would cost memory and bring little: what a news
// item is about stands in its title and its first sentences.
const (
	maxTitleWords = 28
	maxWords      = 78 // title and lead together
	maxGrams      = 24
	votingWords   = 30 // words of title and text each that the language is told by
)

// termFlags tell of a term what its hash doesn't.
type termFlags uint8

const (
	termClass   termFlags = 3      // a wordClass
	termCapital termFlags = 1 << 2 // written with a capital where that means something
	termLower   termFlags = 1 << 3 // written without one
	termNumber  termFlags = 1 << 4
	termDay     termFlags = 1 << 5 // a weekday, a month, or a number beside one
	termCode    termFlags = 1 << 6
	termPosted  termFlags = 1 << 7 // the index finds the entry by it
)

// matter is what of an entry's words the index compares: its terms, each once,
// in the order in which they are first met, and the sequence of them.
type matter struct {
	terms []uint32 // 24 bits of hash
	flags []termFlags
	value []float32 // of numbers, by term
	seq   []uint8   // indexes of terms; the title first
	title int       // how many of seq are the title's

	grams []uint32 // a sample of the text's runs of five words, ascending
	shift uint8    // how sparse the sample is: one run in 2^shift

	forms form
	neg   bool   // the title denies something
	promo bool   // the text is what the publisher says of everything
	site  uint32 // hash of the site; 0 if unknown
	words uint32 // length of the text in words

	// The weight of all terms when the entry came, and that of their squares.
	mass, mass2 float32

	surface []string // of terms, as the text has them; not encoded
}

// body is how many words of the lead there are.
func (m *matter) body() int { return len(m.seq) - m.title }

// titleTerms is how many terms the title has: they are the first ones.
func (m *matter) titleTerms() (n int) {
	for _, i := range m.seq[:m.title] {
		n = max(n, int(i)+1)
	}
	return n
}

// make gives the matter room for n terms.
func (m *matter) make(n int) {
	m.terms, m.flags, m.value = make([]uint32, 0, n), make([]termFlags, 0, n), make([]float32, 0, n)
	m.seq, m.surface = make([]uint8, 0, n), make([]string, 0, n)
}

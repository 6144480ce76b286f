package measure

import (
	"errors"
	"fmt"
	"math"
)

// Example is what a pair looks like and whether it is what the model is to find.
type Example struct {
	X []float64
	Y bool
}

// Model is a logistic regression in the units of its inputs, so that it can be
// read: the log-odds of yes are Bias plus the sum of Weights times inputs.
type Model struct {
	Bias    float64
	Weights []float64
}

// Score is the log-odds of yes.
func (m Model) Score(x []float64) float64 {
	s := m.Bias
	for i, w := range m.Weights {
		s += w * x[i]
	}
	return s
}

// Fitting says how to fit.
type Fitting struct {
	// L2 is how strongly weights are drawn to zero, for inputs of unit variance and
	// the loss of one example on average; 0 means 0.001.
	L2 float64
	// Yes and No weigh the examples of a class; 0 means so that both classes weigh the same.
	Yes, No float64
	// Positive inputs have weights of 0 or more: more of them never speaks against.
	Positive map[int]bool
	// Negative inputs have weights of 0 or less: more of them never speaks for.
	Negative map[int]bool
}

// steps is how often the fit is improved at most; Newton's method needs about ten.
const steps = 200

// Fit fits a logistic regression. The same examples give the same model, to the
// bit. It fails where there are no examples of one class, where examples differ in
// length, or where an input is no number.
func Fit(examples []Example, f Fitting) (Model, error) {
	yes, no, err := f.weights(examples)
	if err != nil {
		return Model{}, err
	}
	mean, scale := standard(examples)
	n := len(mean)
	held := make([]bool, n) // inputs whose weight is held at 0
	var w []float64         // bias first
	for range n + 1 {
		w = f.descend(examples, mean, scale, held, yes, no)
		worst := -1
		for i := range n {
			if f.wrong(i, w[i+1]) && (worst < 0 || math.Abs(w[i+1]) > math.Abs(w[worst+1])) {
				worst = i
			}
		}
		if worst < 0 {
			break
		}
		held[worst] = true
	}
	m := Model{Bias: w[0], Weights: make([]float64, n)}
	for i := range n {
		m.Weights[i] = w[i+1] / scale[i]
		m.Bias -= m.Weights[i] * mean[i]
	}
	return m, nil
}

// wrong reports whether an input's weight has a sign that it mustn't have.
func (f Fitting) wrong(input int, weight float64) bool {
	return f.Positive[input] && weight < 0 || f.Negative[input] && weight > 0
}

// weights checks the examples and weighs the classes.
func (f Fitting) weights(examples []Example) (yes, no float64, err error) {
	ones := 0
	for i, e := range examples {
		if len(e.X) != len(examples[0].X) {
			return 0, 0, fmt.Errorf("fit: example %d has %d inputs, the first one %d", i, len(e.X), len(examples[0].X))
		}
		for _, x := range e.X {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return 0, 0, fmt.Errorf("fit: example %d has an input that is no number", i)
			}
		}
		if e.Y {
			ones++
		}
	}
	if ones == 0 || ones == len(examples) {
		return 0, 0, errors.New("fit: want examples of both classes")
	}
	n := float64(len(examples))
	yes, no = n/2/float64(ones), n/2/(n-float64(ones))
	if f.Yes > 0 {
		yes = f.Yes
	}
	if f.No > 0 {
		no = f.No
	}
	return yes, no, nil
}

// standard gives mean and standard deviation of each input; a constant one has
// the deviation 1, and so gets the weight 0.
func standard(examples []Example) (mean, scale []float64) {
	n := len(examples[0].X)
	mean, scale = make([]float64, n), make([]float64, n)
	for i := range n {
		for _, e := range examples {
			mean[i] += e.X[i] / float64(len(examples))
		}
		for _, e := range examples {
			d := e.X[i] - mean[i]
			scale[i] += d * d / float64(len(examples))
		}
		if scale[i] = math.Sqrt(scale[i]); scale[i] < 1e-12 {
			scale[i] = 1
		}
	}
	return mean, scale
}

// descend minimises the loss by Newton's method with halved steps.
func (f Fitting) descend(examples []Example, mean, scale []float64, held []bool, yes, no float64) []float64 {
	l2 := f.L2
	if l2 == 0 {
		l2 = 0.001
	}
	p := problem{mean: mean, scale: scale, held: held, l2: l2, yes: yes, no: no, examples: examples, z: make([]float64, len(mean)+1)}
	w := make([]float64, len(mean)+1)
	loss := p.loss(w)
	for range steps {
		step := p.newton(w)
		next, moved := p.search(w, step, loss)
		if !moved {
			break
		}
		better := p.loss(next)
		done := loss-better < 1e-12*(1+math.Abs(loss))
		w, loss = next, better
		if done {
			break
		}
	}
	return w
}

// problem is a fit in standardised inputs.
type problem struct {
	examples    []Example
	mean, scale []float64
	held        []bool
	l2, yes, no float64
	z           []float64 // scratch: an example's inputs, 1 first
}

// inputs gives an example in standard units, its weight and its log-odds under w.
func (p *problem) inputs(e Example, w []float64) (z []float64, weight, odds float64) {
	p.z[0], odds = 1, w[0]
	for i, x := range e.X {
		p.z[i+1] = 0
		if !p.held[i] {
			p.z[i+1] = (x - p.mean[i]) / p.scale[i]
		}
		odds += w[i+1] * p.z[i+1]
	}
	weight = p.no
	if e.Y {
		weight = p.yes
	}
	return p.z, weight / float64(len(p.examples)), odds
}

// loss is the mean weighted log-loss with the penalty of the weights.
func (p *problem) loss(w []float64) float64 {
	sum := 0.0
	for _, e := range p.examples {
		_, weight, odds := p.inputs(e, w)
		if e.Y {
			odds = -odds
		}
		sum += weight * softplus(odds)
	}
	for _, x := range w[1:] {
		sum += p.l2 / 2 * x * x
	}
	return sum
}

// softplus is log(1+exp(x)) without overflow.
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// newton gives the step to the minimum of the parabola that touches the loss at w.
func (p *problem) newton(w []float64) []float64 {
	n := len(w)
	gradient, curve := make([]float64, n), make([][]float64, n)
	for i := range curve {
		curve[i] = make([]float64, n)
	}
	for _, e := range p.examples {
		z, weight, odds := p.inputs(e, w)
		q := 1 / (1 + math.Exp(-odds))
		miss := q
		if e.Y {
			miss--
		}
		for i := range n {
			gradient[i] += weight * miss * z[i]
			for j := range i + 1 {
				curve[i][j] += weight * q * (1 - q) * z[i] * z[j]
			}
		}
	}
	for i := range n {
		if i > 0 {
			gradient[i] += p.l2 * w[i]
			curve[i][i] += p.l2
		}
		curve[i][i] += 1e-9 // where all examples are certain
	}
	return solve(curve, gradient)
}

// search goes along a step as far as the loss falls.
func (p *problem) search(w, step []float64, loss float64) (next []float64, moved bool) {
	next = make([]float64, len(w))
	for size := 1.0; size > 1e-6; size /= 2 {
		for i := range w {
			next[i] = w[i] - size*step[i]
		}
		if p.loss(next) < loss {
			return next, true
		}
	}
	return w, false
}

// solve gives x of a·x = b for a symmetric positive definite a, of which only the
// lower half is looked at and overwritten (Cholesky).
func solve(a [][]float64, b []float64) []float64 {
	n := len(b)
	for j := range n {
		for k := range j {
			a[j][j] -= a[j][k] * a[j][k]
		}
		a[j][j] = math.Sqrt(max(a[j][j], 1e-15))
		for i := j + 1; i < n; i++ {
			for k := range j {
				a[i][j] -= a[i][k] * a[j][k]
			}
			a[i][j] /= a[j][j]
		}
	}
	x := append([]float64(nil), b...)
	for i := range n {
		for k := range i {
			x[i] -= a[i][k] * x[k]
		}
		x[i] /= a[i][i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			x[i] -= a[k][i] * x[k]
		}
		x[i] /= a[i][i]
	}
	return x
}

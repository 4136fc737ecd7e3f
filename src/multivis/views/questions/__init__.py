"""Questions in words about a chart: taken apart, and answered by the exact calculators.

`periods` and `thresholds` find what a question names, `asked` puts it together, `changing`,
`lines` and `values` hold the handlers. `multivis.views.answers` tries them in order.
"""

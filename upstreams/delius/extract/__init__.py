"""The route `extract`: the last resort, a spreadsheet of everybody whom Delius has (contract e, ADR 17).

`route` answers from `file`, which holds the newest good `index`; a process of its own (`__main__`) makes that
of the spreadsheet, so that neither its time nor its memory is the gateway's.
"""

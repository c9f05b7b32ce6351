using Estafeta.Authentication.Dkim;
using Estafeta.Authentication.Spf;

namespace Estafeta.Authentication.Dmarc;

/// <summary>One message under way: its policies are being looked up.</summary>
public sealed class DmarcCheck
{
    private readonly DmarcChecker _checker;
    private readonly MessageAuthors _authors;
    private readonly IReadOnlyList<Task<DmarcFinding>> _lookups;

    internal DmarcCheck(DmarcChecker checker, MessageAuthors authors, IReadOnlyList<Task<DmarcFinding>> lookups)
    {
        _checker = checker;
        _authors = authors;
        _lookups = lookups;
    }

    internal IReadOnlyList<Task> Lookups => _lookups;

    /// <param name="spf">Null when it was not checked.</param>
    /// <param name="dkim">All signatures.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async ValueTask<DmarcOutcome> FinishAsync(SpfOutcome? spf, IReadOnlyList<DkimResult> dkim, CancellationToken cancellationToken) =>
        await _checker.JudgeAsync(_authors, await Task.WhenAll(_lookups), spf, dkim, cancellationToken);
}

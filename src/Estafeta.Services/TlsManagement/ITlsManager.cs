using Estafeta.Net.MtaSts;
using Estafeta.Net.Tls.Server;
using Estafeta.Net.TlsReporting;

namespace Estafeta.Services.TlsManagement;

/// <summary>
/// tlsmgr(8): what the processes of the mail system share about TLS. Ticket keys of the servers; for the clients MTA-STS policies and the
/// count of what happened, for reports. One implementation runs in the queue process, the other asks it.
/// </summary>
public interface ITlsManager
{
    /// <summary>The keys of now and of the near past and future, in order of use.</summary>
    ValueTask<IReadOnlyList<TicketKey>> GetTicketKeysAsync(CancellationToken cancellationToken);

    /// <summary>The MTA-STS policy of a domain.</summary>
    /// <param name="domain">ASCII, in lower case, without final dot.</param>
    ValueTask<StsFinding> FindPolicyAsync(string domain, CancellationToken cancellationToken);

    /// <summary>Fetches the policy now, whatever is kept.</summary>
    ValueTask<StsFinding> RefreshPolicyAsync(string domain, CancellationToken cancellationToken);

    /// <summary>Forgets the policy; false when there was none.</summary>
    ValueTask<bool> PurgePolicyAsync(string domain, CancellationToken cancellationToken);

    /// <summary>Counts an outcome for the report of its domain.</summary>
    ValueTask ReportAsync(TlsOutcome outcome, CancellationToken cancellationToken);

    /// <summary>Sends the reports of ended days now; returns how many are done with.</summary>
    ValueTask<int> SendReportsAsync(CancellationToken cancellationToken);
}

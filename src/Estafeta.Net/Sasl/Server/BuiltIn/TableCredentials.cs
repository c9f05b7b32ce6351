using Estafeta.Tables;

namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>Users and their stored passwords in lookup tables: <c>user@example.com {SHA512-CRYPT}$6$…</c>.</summary>
public sealed class TableCredentials(MapList maps) : ICredentialSource
{
    // What an unknown user's password is compared with, so that the answer takes as long: the default cost of SHA512-CRYPT.
    private static readonly StoredPassword Decoy = StoredPassword.Parse(
        "{SHA512-CRYPT}$6$estafeta$.8lpFsbPSBtO8wS0tgNlzWzEO2wqP4mvxVaaDgGCiFoo6bSbVYzfLWvJxoCkCvLjG3bJTFHsLuGTDxKj8mKZh1");

    // Who has as many users sees to it that they are alike.
    private const int MostUsersLookedAt = 100_000;

    public async ValueTask<ServedMechanisms> FindServedAsync(CancellationToken cancellationToken)
    {
        var served = ServedMechanisms.Everybody;
        var users = 0;
        foreach (var table in maps.Tables)
        {
            if (table is not IListableTable listable)
            {
                return ServedMechanisms.Some;
            }

            await foreach (var entry in listable.ListAsync(cancellationToken))
            {
                served = served.And(StoredPassword.Parse(entry.Value).Serves);
                if (!served.HaveEverybody || ++users == MostUsersLookedAt)
                {
                    return served;
                }
            }
        }

        return users == 0 ? ServedMechanisms.Some : served;
    }

    public async ValueTask<bool> CheckAsync(string user, string password, CancellationToken cancellationToken)
    {
        var stored = await FindAsync(user, cancellationToken);

        // Hashing costs milliseconds of CPU by design: not on the threads that serve sockets inline.
        return await Task.Run(() => (stored ?? Decoy).Matches(password) & stored != null, cancellationToken);
    }

    public async ValueTask<StoredPassword?> FindAsync(string user, CancellationToken cancellationToken)
    {
        var result = await maps.LookupAsync(user, cancellationToken);
        return result.Outcome switch
        {
            LookupOutcome.Found => StoredPassword.Parse(result.Value!),
            LookupOutcome.NotFound => null,
            _ => throw new IOException($"{maps.ParameterName}: {result.Value}"),
        };
    }
}

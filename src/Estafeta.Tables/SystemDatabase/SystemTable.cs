using System.Runtime.InteropServices;

namespace Estafeta.Tables.SystemDatabase;

/// <summary><c>unix:passwd.byname</c> and <c>unix:group.byname</c>: the system's users and groups through libc's name services, as their file lines.</summary>
internal sealed class SystemTable : LookupTable
{
    private readonly Func<string, NameService.Answer> _find;

    private SystemTable(TableRequest request, Func<string, NameService.Answer> find)
        : base(request) => _find = find;

    public static ILookupTable Open(TableRequest request) => new SystemTable(request, request.Source switch
    {
        "passwd.byname" => NameService.FindUser,
        "group.byname" => NameService.FindGroup,
        _ => throw new TableUnavailableException($"unknown table: {request.Name}"),
    });

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (key.Contains('\0'))
        {
            return new ValueTask<LookupResult>(LookupResult.NotFound);
        }

        var (line, error) = _find(key);
        return new ValueTask<LookupResult>(
            error != 0 ? Trouble($"lookup error for \"{key}\": {Marshal.GetPInvokeErrorMessage(error)}")
            : line == null ? LookupResult.NotFound
            : LookupResult.Found(line));
    }
}

namespace Estafeta.Net.Dns;

/// <summary>resolv.conf, read again when it changes (DHCP, VPN): long-lived daemons must not keep asking a server that went away.</summary>
internal sealed class ResolverConfigurationFile(string path, TimeProvider time)
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private ResolverConfiguration? _current;
    private DateTime _modified;
    private long _checked;

    public ResolverConfiguration Current
    {
        get
        {
            lock (_lock)
            {
                if (_current != null && time.GetElapsedTime(_checked) < CheckInterval)
                {
                    return _current;
                }

                _checked = time.GetTimestamp();
                var modified = File.GetLastWriteTimeUtc(path);
                if (_current == null || modified != _modified)
                {
                    _current = ResolverConfiguration.Load(path);
                    _modified = modified;
                }

                return _current;
            }
        }
    }
}

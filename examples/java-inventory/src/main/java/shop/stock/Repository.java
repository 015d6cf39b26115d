package shop.stock;

import java.util.Collection;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Where things of one type are kept by a key.
 *
 * @param <K> type of the key
 * @param <V> type of what is kept
 */
public interface Repository<K, V> {

    /** Returns what is kept under a key, if anything is. */
    Optional<V> find(K key);

    /** Keeps a value; an older one under the same key is replaced. */
    void save(K key, V value);

    Collection<V> all();

    /** Counts the values for which a condition holds. */
    default long count(Predicate<? super V> condition) {
        long found = 0;
        for (V value : all()) {
            if (condition.test(value)) {
                found++;
            }
        }
        return found;
    }
}

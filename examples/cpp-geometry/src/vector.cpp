#include "geo/vector.hpp"

#include <algorithm>

namespace geo {

double distance(const Point& point, const Point& a, const Point& b) {
    const Point along = b - a;
    const double squared = along.dot(along);
    if (squared == 0.0) {
        return distance(point, a);
    }
    const double share = std::clamp((point - a).dot(along) / squared, 0.0, 1.0);
    return distance(point, a + along * share);
}

}  // namespace geo
